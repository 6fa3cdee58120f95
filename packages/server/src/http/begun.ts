/**
 * The bytes once the first of them are there: what cannot be read at all rejects, before anything is answered.
 * @param onFailure is told of what fails later, which only ends the connection
 */
export async function begun(
  bytes: AsyncIterable<Uint8Array>,
  onFailure: (error: unknown) => void,
): Promise<AsyncIterable<Uint8Array>> {
  const pieces = bytes[Symbol.asyncIterator]();
  const first = await pieces.next();
  return (async function* () {
    try {
      for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value;
    } catch (error) {
      onFailure(error);
      throw error;
    } finally {
      await pieces.return?.();
    }
  })();
}
