import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a PostgreSQL that fails as networks do. */
export interface BrokenWay extends AsyncDisposable {
  /** The database, over this way. */
  url: string
  /** Cuts the next transaction in which the words are said: its COMMIT is done, but whoever asked for it is not told. */
  loseCommitOf(words: string): void
  /** From now on nothing comes back, and nothing is closed: the machine is gone without a word. */
  fallSilent(): void
}

/** Opens a way to the database. */
export async function brokenWayTo(databaseUrl: string): Promise<BrokenWay> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let words: string | undefined
  let silent = false
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    let cutting = false
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        for (const end of [near, far]) end.destroy()
        sockets.delete(socket)
      })
    }
    near.on('data', (asked) => {
      if (words !== undefined && asked.includes(words)) {
        cutting = true
        words = undefined
      }
      if (!silent) far.write(asked)
    })
    far.on('data', (answer) => {
      if (cutting && answer.includes('COMMIT\0')) near.destroy()
      else if (!silent) near.write(answer)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const closed = once(server, 'close')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.')
  return {
    url: Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${address.port}` }).href,
    loseCommitOf: (said) => {
      words = said
    },
    fallSilent: () => {
      silent = true
    },
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
