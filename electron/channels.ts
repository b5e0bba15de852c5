// The two channels between the preload and the program. The preload has nothing else.

export const CALL_CHANNEL = 'strongroom:call';
export const EVENT_CHANNEL = 'strongroom:event';
