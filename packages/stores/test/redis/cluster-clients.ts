import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { redisCluster } from './redis-server.ts'

/** A cluster of three masters, with a client of each package. */
export interface ClusterClients {
  /** The addresses of the masters. */
  readonly urls: readonly string[]
  readonly ioredis: Cluster
  readonly nodeRedis: ReturnType<typeof createCluster>
  stop(): Promise<void>
}

export async function clusterClients(): Promise<ClusterClients> {
  const servers = await redisCluster()
  const urls = servers.map(({ port }) => `redis://127.0.0.1:${port}`)
  const ioredis = new Cluster([...urls])
  const nodeRedis = createCluster({ rootNodes: urls.map((url) => ({ url })) })
  await nodeRedis.connect()
  const stop = async (): Promise<void> => {
    ioredis.disconnect()
    nodeRedis.destroy()
    await Promise.all(servers.map((server) => server.stop()))
  }
  return { urls, ioredis, nodeRedis, stop }
}
