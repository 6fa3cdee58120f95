import { connect } from "node:net";

/** A Lambda handler that increments a key in the cache named by CACHE_ADDRESS and CACHE_PORT. No dependencies: it speaks RESP itself. */
export async function handler(event) {
  const count = await command("INCR", event.key ?? "counter");
  return { language: "node", count };
}

function command(...words) {
  const request = `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(process.env.CACHE_PORT), process.env.CACHE_ADDRESS, () => socket.write(request));
    socket.once("error", reject);
    socket.once("data", (answer) => {
      socket.destroy();
      const text = answer.toString();
      if (text.startsWith(":")) resolve(Number(text.slice(1)));
      else reject(new Error(`The cache answered ${text.trim()}`));
    });
  });
}
