import { run, type Tool } from './tool.ts'

/** What it says that is no finding. */
const TALK =
  /^\+ (Target |Start Time|End Time|Server: No banner|No CGI Directories|ERROR: Host maximum|\d+ items checked|\d+ host\(s\))/

/** nikto with all its tests, from the root on: what is forgotten, outdated or badly set on servers of all kinds. */
export const nikto: Tool = async ({ origin }, seconds) => {
  const options = ['-nointeractive', '-ask', 'no', '-nolookup', '-maxtime', `${seconds - 5}s`]
  const said = await run('nikto', ['-host', origin, ...options], seconds)
  // Its reports as files are not to be trusted (columns of its CSV are mixed up), so what it says is read.
  if (!/^\+ \d+ items checked/m.test(said)) throw new Error(`nikto did not come to its end: ${said.slice(-500)}`)
  return said.split('\n').filter((line) => line.startsWith('+ ') && !TALK.test(line) && !KNOWN.test(line))
}

/** What it takes for a weakness and is none. */
const KNOWN = new RegExp(
  [
    // What protects browsers was unknown when it was written.
    "^\\+ Uncommon header '",
    // The shell of the pages answers at every path below these two, and shows nothing to who is not signed in.
    '^\\+ (OSVDB-\\d+: )?/(admin|account)/\\S*: ',
  ].join('|'),
)
