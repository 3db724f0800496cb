import type { RequestListener } from 'node:http'
import type { INestApplication, ModuleMetadata } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { Nest, Platform } from './majors.ts'

/** An application of one module, without a log. */
export async function createApplication(
  nest: Nest,
  platform: Platform,
  metadata: ModuleMetadata,
  prepare: (app: INestApplication) => void = () => {},
): Promise<INestApplication> {
  class AppModule {}
  nest.common.Module(metadata)(AppModule)
  const adapter = platform === 'Express' ? new nest.ExpressAdapter() : new nest.FastifyAdapter()
  const app = await nest.core.NestFactory.create(AppModule, adapter, { logger: false, abortOnError: false })
  prepare(app)
  await app.init()
  if (platform === 'Fastify') await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready()
  return app
}

/** What node:http calls: for an application that is made meanwhile. */
export function listenerOf(...args: Parameters<typeof createApplication>): RequestListener {
  const ready = createApplication(...args)
  return async (req, res) => (await ready).getHttpServer().emit('request', req, res)
}
