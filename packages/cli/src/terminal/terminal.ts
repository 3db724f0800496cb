import { isUnset, type Output, type Surroundings } from './surroundings.ts'

/** The abilities of a terminal. */
export interface Terminal {
  /** True if a line can be overwritten in place. */
  readonly live: boolean
  readonly colors: boolean
  readonly unicode: boolean
  readonly columns: number
  readonly rows: number
}

/** The abilities of the terminal behind `output`, as the environment tells them. */
export function terminalOf(output: Output, { env, platform }: Pick<Surroundings, 'env' | 'platform'>): Terminal {
  const live = output.isTTY === true && env.TERM !== 'dumb'
  return {
    live,
    colors: live && isUnset(env.NO_COLOR),
    unicode: hasUnicode(env, platform),
    // a pseudo-terminal whose size was never set reports 0
    columns: output.columns || 80,
    rows: output.rows || 24,
  }
}

function hasUnicode(env: Surroundings['env'], platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return !isUnset(env.WT_SESSION) || env.TERM_PROGRAM === 'vscode'
  // the font of the Linux console has no half blocks
  if (env.TERM === 'linux') return false
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => !isUnset(value))
  return locale === undefined ? platform === 'darwin' : /utf-?8/i.test(locale)
}
