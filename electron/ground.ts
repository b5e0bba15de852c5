// What the window is filled with until the page has drawn itself: the ground of the page, `--ground` in renderer/design/tokens.css.

export const GROUND = { light: '#f5f4f1', dark: '#191816' } as const;
