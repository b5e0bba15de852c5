// What the program says outside its page: menus, the tray, dialogs of the system and notifications. English.

const plural = (count: number, one: string, more: string): string =>
  `${String(count)} ${count === 1 ? one : more}`;

export const en = {
  menu: {
    file: '&File',
    edit: '&Edit',
    view: '&View',
    window: '&Window',
    help: '&Help',
    about: 'About Strongroom',
    settings: 'Settings…',
    addFolder: 'Add folder…',
    verifyDue: 'Verify what is due',
    lock: 'Lock keys',
    quit: 'Quit Strongroom',
    closeWindow: 'Close window',
    library: 'Library',
    keys: 'Keys',
    activity: 'Activity',
    find: 'Find…',
    shortcuts: 'Keyboard shortcuts',
    showLog: 'Show the log',
  },
  tray: {
    open: 'Open Strongroom',
    pause: 'Pause background work',
    resume: 'Resume background work',
    lock: 'Lock keys',
    quit: 'Quit Strongroom',
    idle: 'Nothing to do',
    watching: 'Watching your folders',
    jobs: (count: number, percent: number | null): string =>
      percent === null
        ? plural(count, 'job is running', 'jobs are running')
        : `${plural(count, 'job is running', 'jobs are running')} – ${String(percent)} %`,
    pausedForBattery: 'Paused while on battery',
    pausedForSuspend: 'Paused while the computer sleeps',
    pausedByYou: 'Paused by you',
    staysTitle: 'Strongroom goes on in the background',
    staysBody: 'Its icon is in the tray. Quit it from there.',
    /** Not every desktop of Linux shows a tray, and no program is told. */
    staysBodyLinux:
      'Its icon is in the tray. Where there is none, start Strongroom again to open its window.',
  },
  quit: {
    title: 'Quit Strongroom?',
    question: (count: number): string => plural(count, 'job is still running.', 'jobs are still running.'),
    detail:
      'Pausing finishes the file that is in work, then quits. What is left goes on when you start Strongroom again and resume it. No backup is harmed by either.',
    finish: 'Finish, then quit',
    keepWaiting: 'Keep waiting',
    pause: 'Pause and quit',
    stay: 'Don’t quit',
  },
  page: {
    gone: 'The window stopped working.',
    goneDetail: 'Jobs that run go on: they do not run in the window. Nothing was lost.',
    reload: 'Load it again',
    close: 'Close the window',
  },
  dialogs: {
    chooseFolder: 'Choose a folder',
    chooseBackups: 'Choose backups',
    chooseKits: 'Choose emergency kits',
    save: 'Save',
    backups: 'Home Assistant backups',
    kits: 'Emergency kits',
    allFiles: 'All files',
  },
  start: {
    failed: 'Strongroom cannot start',
    mistake: 'Strongroom made a mistake and has to end',
    mistakeDetail: 'No backup was harmed. Start it again; if this happens once more, report it with the log.',
  },
};

export type Words = typeof en;
