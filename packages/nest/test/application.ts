import type { RequestListener } from 'node:http'
import type { INestApplication, ModuleMetadata, NestApplicationOptions } from '@nestjs/common'
import type { AbstractHttpAdapter } from '@nestjs/core'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { Nest, Platform } from './majors.ts'

/** An application of one module, without a log. */
export async function createApplication(
  nest: Nest,
  platform: Platform | AbstractHttpAdapter,
  metadata: ModuleMetadata,
  prepare: (app: INestApplication) => void = () => {},
  options: NestApplicationOptions = {},
): Promise<INestApplication> {
  class AppModule {}
  nest.common.Module(metadata)(AppModule)
  const adapter = typeof platform === 'string' ? new nest[`${platform}Adapter`]() : platform
  const app = await nest.core.NestFactory.create(AppModule, adapter, { logger: false, abortOnError: false, ...options })
  prepare(app)
  await app.init()
  if (app.getHttpAdapter().getType() === 'fastify')
    await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready()
  return app
}

/** A request listener for an application that is still being created. */
export function listenerOf(...args: Parameters<typeof createApplication>): RequestListener {
  const ready = createApplication(...args)
  return async (req, res) => (await ready).getHttpServer().emit('request', req, res)
}
