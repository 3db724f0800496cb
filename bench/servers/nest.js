// Nest on Express, its default. The decorators are called as functions, because this is plain JavaScript.

import 'reflect-metadata'
import { DeviceAuthModule } from '@device-auth/nest'
import { Body, Controller, HttpCode, HttpException, Module, Post, Req, Res } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { createPending } from './device-auth.js'
import { answerLean, createLean } from './pending.js'

const paths = { authorize: 'device_authorization', token: 'token' }

function controllerOf(parameters, handle, decorators = []) {
  class FlowController {}
  for (const [name, path] of Object.entries(paths)) {
    const descriptor = { value: (...values) => handle(`/${path}`, ...values), writable: true, configurable: true }
    Object.defineProperty(FlowController.prototype, name, descriptor)
    for (const [index, parameter] of parameters.entries()) parameter(FlowController.prototype, name, index)
    for (const decorate of [Post(path), ...decorators]) decorate(FlowController.prototype, name, descriptor)
  }
  Controller()(FlowController)
  return FlowController
}

async function listening(metadata, served, options = {}) {
  class AppModule {}
  Module(metadata)(AppModule)
  const app = await NestFactory.create(AppModule, { logger: false, ...options })
  await app.init()
  return { server: app.getHttpServer(), ...served }
}

/** A controller that takes request and response themselves; no body parser. */
export function lean(codes) {
  const { list, answer, approve } = createLean(codes)
  const controller = controllerOf([Req(), Res()], (_path, req, res) => answerLean(answer, req, res))
  return listening({ controllers: [controller] }, { list, approve }, { bodyParser: false })
}

/** A controller that takes the body, returns an object, and throws the exception of an error. */
export function usual(codes) {
  const { list, answer, approve } = createLean(codes)
  const handle = (path, fields) => {
    const [status, body] = answer(path, fields)
    if (status !== 200) throw new HttpException(JSON.parse(body), status)
    return JSON.parse(body)
  }
  const controller = controllerOf([Body()], handle, [HttpCode(200)])
  return listening({ controllers: [controller] }, { list, approve })
}

export async function ours(codes) {
  const { deviceAuth, list, approve } = await createPending(codes)
  return listening({ imports: [DeviceAuthModule.forRoot({ deviceAuth, path: '' })] }, { list, approve })
}
