const newline = 0x0a;

/**
 * The lines of a stream of newline-separated JSON, each parsed. What stands after the last newline when the stream ends was
 * cut off and is dropped.
 * @throws SyntaxError for a complete line that is not JSON
 */
export async function* jsonLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  let rest: Uint8Array[] = [];
  for await (const chunk of source) {
    let start = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, at)]).toString("utf8");
      rest = [];
      start = at + 1;
      if (line.trim() !== "") yield JSON.parse(line);
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
}
