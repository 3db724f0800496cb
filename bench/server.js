// Runs a server in a separate process. It sends its port and codes first, then its CPU time for each message.

const [, , name = 'bare', codes = '10000'] = process.argv
const { start } = await import(`./servers/${name}.js`)
const { server, list } = await start(Number(codes))
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port, list }))
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }))
process.on('disconnect', () => process.exit())
