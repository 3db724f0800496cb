// Runs a server in a process of its own. It sends its port and codes first; then it answers `cpu` with its CPU time so far,
// `memory` with the bytes that are in use, and `{ approve }`, a list of user codes, with the CPU microseconds of all approvals.
// Usage: node server.js MODULE KIND CODES

const [, , module = 'node', kind = 'ours', codes = '10000'] = process.argv
const { [kind]: start } = await import(`./servers/${module}.js`)
const { server, list = [], approve, cpu = ownCpu, ...running } = await start(Number(codes))

function ownCpu() {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** After two collections: the first one only finds what the second one frees. */
function memory() {
  for (let collection = 0; collection < 2; collection++) globalThis.gc()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, rss }
}

process.on('message', async (message) => {
  if (message === 'cpu') return process.send?.({ cpu: await cpu() })
  if (message === 'memory') return process.send?.(memory())
  const before = await cpu()
  await approve(message.approve)
  process.send?.({ cpu: (await cpu()) - before })
})
process.on('disconnect', () => {
  running.stop?.()
  process.exit()
})
if (server === undefined) process.send?.({ port: running.port, list })
else {
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port, list }))
}
