/** The part of Node's `process` that tells if a user is present. */
export interface Environment {
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** True if stdin or stderr is a terminal. */
  readonly isTerminal: boolean
}

/** The environment of this process; `undefined` in runtimes without `process`, such as browsers. */
function currentEnvironment(): Environment | undefined {
  const { process } = globalThis as {
    process?: { env?: Environment['env']; stdin?: { isTTY?: boolean }; stderr?: { isTTY?: boolean } }
  }
  if (process?.env === undefined) return undefined
  return { env: process.env, isTerminal: process.stderr?.isTTY === true || process.stdin?.isTTY === true }
}

/** Variables of batch systems and containers. A batch system sets them also in the terminal of a user, so a terminal overrides them. */
const batch =
  /^(?:SLURM_JOB_ID|PBS_JOBID|PBS_ENVIRONMENT|SGE_TASK_ID|PE_HOSTFILE|LSB_JOBID|OAR_JOB_ID|OMPI_COMM_WORLD_SIZE|PMI_RANK|MPI_LOCALRANKID|KUBERNETES_SERVICE_HOST|FREVA_BATCH_JOB)$/

/** True if a variable such as `CI` is set, and neither to `false` nor to `0`. */
function isOn(value: string | undefined): boolean {
  return !/^(?:|0|false)$/i.test(value ?? '')
}

/**
 * The reason why no user can approve a sign-in here, such as `CI is set`. `INTERACTIVE_SESSION` overrides all other variables.
 *
 * @param showsCode - True if the application shows the code itself, so that no terminal is needed.
 * @param environment - Default: that of this process.
 * @returns `undefined` when a user may be present.
 */
export function unattendedReason(
  showsCode: boolean,
  environment: Environment | undefined = currentEnvironment(),
): string | undefined {
  if (environment === undefined) return undefined
  const { env, isTerminal } = environment
  if (isOn(env.INTERACTIVE_SESSION)) return undefined
  if (isOn(env.CI)) return 'CI is set'
  if (isTerminal) return undefined
  const job = Object.keys(env).find((name) => batch.test(name))
  if (job !== undefined) return `${job} is set and there is no terminal`
  return showsCode ? undefined : 'there is no terminal'
}
