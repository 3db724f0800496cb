import express4 from 'express4'
import express5 from 'express5'

/** The majors that the peer range allows. */
export const versions = [
  ['Express 4', express4],
  ['Express 5', express5],
] as const

export type Express = (typeof versions)[number][1]
