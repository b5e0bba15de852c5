// The few pages for a browser that has not been let in: plain, without a script, and without a word about what is inside.

export const DOOR_STYLE_PATH = '/door.css';

/** Colours as in the interface’s tokens, which are not for who has not been let in. */
export const DOOR_STYLE = `
:root { color-scheme: light dark;
  --ground: light-dark(#f5f4f1, #191816); --surface: light-dark(#fdfcfb, #211f1d); --edge: light-dark(#8b867c, #827c73);
  --text: light-dark(#211f1c, #edebe7); --accent: light-dark(#22618a, #8bbfe0); --on-accent: light-dark(#ffffff, #0d1a22);
  --bad: light-dark(#a8322a, #f19b91); }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 24px; box-sizing: border-box;
  background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
main { max-width: 26rem; }
h1 { font-size: 20px; margin: 0 0 8px; }
p { margin: 0 0 16px; }
label { display: block; font-weight: 600; margin-bottom: 4px; }
input, button { font: inherit; box-sizing: border-box; width: 100%; padding: 8px 12px; border-radius: 6px; }
input { border: 1px solid var(--edge); background: var(--surface); color: inherit; margin-bottom: 12px; }
button { border: 0; background: var(--accent); color: var(--on-accent); font-weight: 600; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.problem { border-left: 3px solid var(--bad); padding-left: 12px; }
`;

/** For who came without a token, or with one that was used. */
export function closedPage(why: 'no-token' | 'used-token'): string {
  const words =
    why === 'no-token'
      ? 'This address alone does not open Strongroom. Open the address that it printed when it was started.'
      : 'This address was good for one browser, and has been used. Press Enter in the terminal where Strongroom runs: it prints a new one.';
  return page('Strongroom is closed', `<h1>Strongroom is closed</h1><p>${words}</p>`);
}

export type SignInProblem = 'wrong' | 'too-often';

export function signInPage(problem: SignInProblem | null): string {
  const told = {
    wrong: 'This is not the password. It is the one that Strongroom was started with.',
    'too-often': 'There were too many wrong passwords. Wait a little, then try again.',
  };
  const note = problem === null ? '' : `<p class="problem" role="alert">${told[problem]}</p>`;
  return page(
    'Sign in to Strongroom',
    `<h1>Strongroom</h1>${note}<form method="post" action="/sign-in">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Sign in</button></form>`,
  );
}

/** Goes on to the interface from a page of our own, so that the cookie comes along wherever the link was opened from. */
export function goOnPage(): string {
  return page(
    'Strongroom',
    '<p><a href="/">Open Strongroom</a></p>',
    '<meta http-equiv="refresh" content="0;url=/">',
  );
}

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${head}
<title>${title}</title><link rel="stylesheet" href="${DOOR_STYLE_PATH}"></head>
<body><main>${body}</main></body></html>
`;
}
