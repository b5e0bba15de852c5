// One policy while it is written: the preset that it is, or a field for each rule.

import { PRESETS, type CountedRule, type RetentionPolicy } from '../../../shared/retention/index.ts';
import {
  choiceOf,
  draftOf,
  policyIfAny,
  readDraft,
  type PolicyChoice,
  type PolicyDraft,
  type SpanUnit,
} from './policy-draft.ts';

export class PolicyEdit {
  #draft = $state.raw<PolicyDraft>(draftOf({}));
  #isOwn = $state(false);
  #read = $derived(readDraft(this.#draft));

  constructor(policy: RetentionPolicy) {
    this.take(policy);
  }

  get draft(): PolicyDraft {
    return this.#draft;
  }

  get policy(): RetentionPolicy {
    return this.#read.policy;
  }

  /** Rules whose fields cannot be read. */
  get wrong(): readonly (CountedRule | 'within')[] {
    return this.#read.wrong;
  }

  get choice(): PolicyChoice {
    return this.#isOwn ? 'own' : choiceOf(this.#read.policy);
  }

  /** One's own begins with what the last choice was. */
  choose(choice: PolicyChoice): void {
    this.#isOwn = choice === 'own';
    if (choice !== 'own') this.#draft = draftOf(PRESETS[choice]);
  }

  take(policy: RetentionPolicy): void {
    this.#isOwn = choiceOf(policy) === 'own';
    this.#draft = draftOf(policy);
  }

  /** What cannot be read changes nothing. */
  read(text: string): void {
    const policy = policyIfAny(text);
    if (policy !== null) this.take(policy);
  }

  write(rule: CountedRule, text: string): void {
    this.#draft = { ...this.#draft, counts: { ...this.#draft.counts, [rule]: text } };
  }

  writeWithin(within: string, withinUnit: SpanUnit): void {
    this.#draft = { ...this.#draft, within, withinUnit };
  }
}
