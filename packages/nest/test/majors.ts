import * as nest10 from 'nest10'
import * as nest11 from 'nest11'
import * as nest12 from 'nest12'

export type Nest = typeof nest12

/** The majors that the peer range allows. */
export const majors: readonly (readonly [string, Nest])[] = [
  ['Nest 10', nest10],
  ['Nest 11', nest11],
  ['Nest 12', nest12],
]
export const platforms = ['Express', 'Fastify'] as const
export type Platform = (typeof platforms)[number]
