// Where the interface begins: finds out what carries its calls, then draws. The page has no state of its own that would be lost with it.

import { mount } from 'svelte';

import './design/tokens.css';
import './design/base.css';

import Root from './app/Root.svelte';
import { bridgeTransport } from './transport/bridge.ts';
import { Client } from './transport/client.ts';
import { socketTransport } from './transport/socket.ts';

const bridge = window.strongroom;
const transport =
  bridge === undefined
    ? socketTransport(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/socket`)
    : bridgeTransport(bridge);

mount(Root, { target: document.getElementById('app')!, props: { client: new Client(transport) } });
