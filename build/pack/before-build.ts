// electron-builder asks before it installs and compiles packages: there is nothing to do, `npm run build` has laid out what is needed.

/** `false` means: the packages have been seen to. */
export default function beforeBuild(): Promise<boolean> {
  return Promise.resolve(false);
}
