/** What is looked at of Node's `process`; other runtimes may have none. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTerminal: boolean
}

/** The environment of this process, where it has one. */
export function currentEnvironment(): Environment | undefined {
  const { process } = globalThis as {
    process?: { env?: Environment['env']; stdin?: { isTTY?: boolean }; stderr?: { isTTY?: boolean } }
  }
  if (process?.env === undefined) return undefined
  return { env: process.env, isTerminal: process.stderr?.isTTY === true || process.stdin?.isTTY === true }
}

/** Variables of machines that run jobs, beside `CI`; those of batch systems are also set in a person's terminal there. */
const batch =
  /^(?:SLURM_JOB_ID|PBS_JOBID|PBS_ENVIRONMENT|SGE_TASK_ID|PE_HOSTFILE|LSB_JOBID|OAR_JOB_ID|OMPI_COMM_WORLD_SIZE|PMI_RANK|MPI_LOCALRANKID|KUBERNETES_SERVICE_HOST|FREVA_BATCH_JOB)$/

/**
 * Why nobody can approve a sign-in here, or nothing when somebody may.
 *
 * @param showsCode - The application shows the code itself, so that no terminal is needed.
 */
export function unattendedReason(environment: Environment | undefined, showsCode: boolean): string | undefined {
  if (environment === undefined) return undefined
  const { env, isTerminal } = environment
  if (env.INTERACTIVE_SESSION !== undefined && env.INTERACTIVE_SESSION !== '') return undefined
  if (env.CI !== undefined && env.CI !== '' && env.CI !== 'false') return 'CI is set'
  if (isTerminal) return undefined
  const job = Object.keys(env).find((name) => batch.test(name))
  if (job !== undefined) return `${job} is set and there is no terminal`
  return showsCode ? undefined : 'there is no terminal'
}
