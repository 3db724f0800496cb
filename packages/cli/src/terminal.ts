import type { Output, Surroundings } from './surroundings.ts'

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

function isUnset(value: string | undefined): boolean {
  return value === undefined || value === ''
}

/** Whether a browser may open where the person sits: not over SSH, not in CI, not without a terminal or a display. */
export function canOpenBrowser({ env, platform, stdin, stderr }: Surroundings): boolean {
  if (stdin.isTTY !== true || stderr.isTTY !== true || env.TERM === 'dumb') return false
  if (isSet(env.CI) || ['SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY'].some((name) => !isUnset(env[name]))) return false
  if (platform === 'win32' || platform === 'darwin') return true
  return ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME', 'BROWSER'].some((name) => !isUnset(env[name]))
}

/** Variables of batch systems, also set in a terminal that a person has there. */
const batch = /^(?:SLURM_JOB_ID|PBS_JOBID|PBS_ENVIRONMENT|SGE_TASK_ID|LSB_JOBID|OAR_JOB_ID|KUBERNETES_SERVICE_HOST)$/

/** Why nobody can approve a sign-in here, or nothing when somebody may. */
export function unattendedReason({ env, stdin, stderr }: Surroundings): string | undefined {
  if (!isUnset(env.INTERACTIVE_SESSION)) return undefined
  if (isSet(env.CI)) return 'CI is set'
  if (stdin.isTTY === true || stderr.isTTY === true) return undefined
  const job = Object.keys(env).find((name) => batch.test(name))
  return job && `${job} is set and there is no terminal`
}

function isSet(value: string | undefined): boolean {
  return !isUnset(value) && value !== 'false' && value !== '0'
}
