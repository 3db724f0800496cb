import type { EnterNotice, PageError, Warning } from './model.ts'

/** Every text of the pages; functions where a text has a gap. */
export interface Messages {
  /** As BCP 47 writes it: `pt-BR`. */
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  readonly signInTitle: string
  readonly signInText: string
  readonly signInLink: string
  readonly enterTitle: string
  readonly enterLabel: string
  readonly enterHint: string
  readonly continue: string
  readonly signedInAs: string
  readonly notices: Readonly<Record<EnterNotice, string>>
  readonly confirmTitle: string
  readonly confirmCompare: string
  readonly confirmPossession: string
  readonly client: string
  readonly account: string
  readonly scopes: string
  readonly noScopes: string
  readonly device: string
  readonly bindingMessage: string
  readonly askedFrom: string
  readonly asked: string
  readonly age: (seconds: number) => string
  readonly unverifiedClient: string
  readonly unverifiedRequester: string
  readonly warnings: Readonly<Record<Warning, string>>
  readonly decline: string
  readonly approve: string
  readonly doneTitle: string
  readonly doneText: string
  readonly numberTitle: string
  readonly numberText: string
  readonly deniedTitle: string
  readonly deniedText: string
  readonly errors: Readonly<Record<PageError, { readonly title: string; readonly text: string }>>
  readonly retryAfter: (seconds: number) => string
  readonly startAgain: string
  readonly devices: DevicesMessages
}

/** The texts of the page of signed-in devices. */
export interface DevicesMessages {
  readonly title: string
  readonly none: string
  /** `date` is formatted already. */
  readonly since: (date: string) => string
  readonly lastUsed: (date: string) => string
  readonly neverUsed: string
  readonly name: string
  readonly rename: string
  readonly signOut: string
  readonly signOutAll: string
  readonly signOutAllText: string
  readonly connect: string
  readonly renamed: string
  readonly signedOut: string
  readonly signedOutAll: string
  /** It has ended, or is another user's. */
  readonly gone: string
}

function duration(seconds: number, round: (minutes: number) => number): string {
  if (seconds === 1) return '1 second'
  return seconds < 90 ? `${seconds} seconds` : `${round(seconds / 60)} minutes`
}

/** The English texts. */
export const english: Messages = {
  language: 'en',
  direction: 'ltr',
  signInTitle: 'Sign in first',
  signInText: 'Sign in to your account, then come back to this page to connect your device.',
  signInLink: 'Sign in',
  enterTitle: 'Connect a device',
  enterLabel: 'Code shown on your device',
  enterHint: 'Upper or lower case, with or without the dash.',
  continue: 'Continue',
  signedInAs: 'Signed in as',
  notices: {
    unknownCode: 'This code is not valid. Look at your device again: the code may have expired, or been used.',
    missingCode: 'Type the code that your device shows.',
    accountChanged: 'This page was out of date, or you have switched accounts. Please continue once more.',
  },
  confirmTitle: 'Connect this device?',
  confirmCompare: 'Is this the code on your device?',
  confirmPossession:
    'Another device asks to use your account. Approve only if you have it in front of you and started this yourself. If somebody sent you this code, decline.',
  client: 'App',
  account: 'Your account',
  scopes: 'It will be able to',
  noScopes: 'Know who you are',
  device: 'Device',
  bindingMessage: 'Message on your device',
  askedFrom: 'Asked from',
  asked: 'Asked',
  age: (seconds) => `${duration(seconds, Math.round)} ago`,
  unverifiedClient: 'This app cannot prove who it is.',
  unverifiedRequester: 'As the device says; not verified.',
  warnings: {
    sameDevice: 'The request came from the browser that you use now. Did you mean to connect another device?',
    otherNetwork: 'The device is on another network than you are. Is it really in front of you?',
    otherCountry: 'The device seems to be in another country. If you did not start this yourself, decline.',
    old: 'The device asked some minutes ago. Is its code still on the screen?',
  },
  decline: 'Decline',
  approve: 'Approve',
  doneTitle: 'Device connected',
  doneText: 'Return to your device: it goes on by itself. You can close this page.',
  numberTitle: 'One more step',
  numberText: 'Type this number on your device to finish:',
  deniedTitle: 'Declined',
  deniedText:
    'The device was not connected. Return to your device if you want to start again; you can close this page.',
  errors: {
    invalidRequest: {
      title: 'That did not work',
      text: 'The page sent something that could not be understood. Start again from your device.',
    },
    crossOrigin: { title: 'Not from here', text: 'This request came from another site, so nothing was changed.' },
    alreadyAnswered: { title: 'Already answered', text: 'This request has been answered before. Nothing was changed.' },
    notFound: {
      title: 'Not valid any more',
      text: 'This code is not valid. It may have expired, or been used. Start again on your device.',
    },
    limited: { title: 'Too many attempts', text: 'Too many codes were tried, or too many devices connected.' },
    refused: {
      title: 'Not from here',
      text: 'This request cannot be approved from where you are: it came from elsewhere. If you did not start it yourself, go back and decline.',
    },
    unavailable: {
      title: 'Please try again',
      text: 'The server is busy. If you had just answered, look at your device first: it may have worked.',
    },
    failed: {
      title: 'Something went wrong',
      text: 'The server failed. If you had just answered, look at your device first: it may have worked.',
    },
  },
  retryAfter: (seconds) => `Try again in ${duration(seconds, Math.ceil)}.`,
  startAgain: 'Enter a code',
  devices: {
    title: 'Your devices',
    none: 'No device is signed in to your account.',
    since: (date) => `Signed in ${date}`,
    lastUsed: (date) => `Last used ${date}`,
    neverUsed: 'Not used yet',
    name: 'Name',
    rename: 'Rename',
    signOut: 'Sign out',
    signOutAll: 'Sign out all devices',
    signOutAllText: 'Every device listed here will have to be connected anew.',
    connect: 'Connect a device',
    renamed: 'The device has a new name.',
    signedOut: 'The device is signed out.',
    signedOutAll: 'All devices are signed out.',
    gone: 'That device is not signed in to your account.',
  },
}
