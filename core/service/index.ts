// The front door for the shells around the interface: the web shell and Electron open one service and carry its calls and events.

export type { PauseReason, WorkInHand } from './background-work.ts';
export type { EventListener } from './event-listeners.ts';
export type { Choice, Host } from './host.ts';
export { interfacePolicy, readInterface, type InterfaceFile } from './interface-files.ts';
export { openLog, type Log } from './log.ts';
export { openService, type Service, type ServiceOptions, type TrayState } from './service.ts';
