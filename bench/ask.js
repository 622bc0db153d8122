// Asks the ratings service of the pod that this runs in, as often as its argument says: one by one,
// then four at a time, which is more than there are cores: so that the time is the machine's and
// not the wait for an answer. Prints the seconds of each question, and of one among many.
const http = require('http')
const questions = Number(process.argv[1])
const atATime = 4

function ask(agent) {
  return new Promise((done, failed) => {
    http.get({ port: 9080, path: '/ratings/0', agent }, answer => {
      let body = ''
      answer.on('data', part => { body += part })
      answer.on('end', () => JSON.parse(body).ratings ? done() : failed(new Error(body)))
    }).on('error', failed)
  })
}

async function askInTurn(times) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const took = []
  for (let asked = 0; asked < times; asked++) {
    const begun = process.hrtime.bigint()
    await ask(agent)
    took.push(Number(process.hrtime.bigint() - begun) / 1e9)
  }
  agent.destroy()
  return took
}

async function main() {
  const alone = await askInTurn(questions)
  const share = Math.floor(questions / atATime)
  const begun = process.hrtime.bigint()
  await Promise.all(Array.from({ length: atATime }, () => askInTurn(share)))
  const together = Number(process.hrtime.bigint() - begun) / 1e9 / (share * atATime)
  console.log(JSON.stringify({ alone, together }))
}

main()
