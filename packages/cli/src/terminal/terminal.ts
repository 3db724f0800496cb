import { isUnset, type Output, type Surroundings } from './surroundings.ts'

/** What can be shown. */
export interface Terminal {
  /** Lines can change in place. */
  readonly live: boolean
  readonly colors: boolean
  readonly unicode: boolean
  readonly columns: number
  readonly rows: number
}

/** What `output` can show, going by the environment. */
export function terminalOf(output: Output, { env, platform }: Pick<Surroundings, 'env' | 'platform'>): Terminal {
  const live = output.isTTY === true && env.TERM !== 'dumb'
  return {
    live,
    colors: live && isUnset(env.NO_COLOR),
    unicode: hasUnicode(env, platform),
    // a pseudo-terminal that nobody has sized says 0
    columns: output.columns || 80,
    rows: output.rows || 24,
  }
}

function hasUnicode(env: Surroundings['env'], platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return !isUnset(env.WT_SESSION) || env.TERM_PROGRAM === 'vscode'
  // its font has no half blocks
  if (env.TERM === 'linux') return false
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => !isUnset(value))
  return locale === undefined ? platform === 'darwin' : /utf-?8/i.test(locale)
}
