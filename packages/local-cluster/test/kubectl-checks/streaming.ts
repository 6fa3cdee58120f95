import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "vitest";
import { type Check, pod } from "./world.ts";

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const exec = (script: string): readonly string[] => ["exec", "-i", "web", "--", "sh", "-c", script];

async function ask(port: number, request: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(request);
  const [chunk] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return chunk.toString();
}

/** Checks that move bytes. */
export const streaming: readonly Check[] = [
  {
    title: "logs",
    run: async ({ kubectl }) => {
      expect(await kubectl.ok(["logs", "web"])).toBe("first\nsecond\n");
      expect(await kubectl.ok(["logs", "web", "--tail=1"])).toBe("second\n");
      expect(await kubectl.ok(["logs", "web", "--timestamps"])).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\S+) first\n/);
      expect(await kubectl.refused(["logs", "web", "-c", "no"])).toContain("container no is not valid for pod web");
      expect(await kubectl.refused(["logs", "web", "--previous"])).toContain(
        'previous terminated container "main" in pod "web" not found',
      );
    },
  },
  {
    title: "logs -f follows until the container ends; attach feeds it",
    run: async ({ kubectl }) => {
      const script = "echo one; read line; echo $line";
      await kubectl.ok(["apply", "-f", "-"], pod("fed", script, { stdin: true, stdinOnce: true }));
      await kubectl.ok(["wait", "--for=condition=Ready", "pod/fed", "--timeout=40s"]);
      const follow = kubectl.start(["logs", "-f", "fed"]);
      const lines = createInterface(follow.stdout)[Symbol.asyncIterator]();
      try {
        expect((await lines.next()).value).toBe("one");
        await kubectl.run(["attach", "-i", "fed"], "two\n");
        expect((await lines.next()).value).toBe("two");
        expect((await lines.next()).done).toBe(true);
      } finally {
        follow.kill();
      }
    },
  },
  {
    title: "exec keeps output and errors apart",
    run: async ({ kubectl }) => {
      const ran = await kubectl.run(["exec", "web", "--", "sh", "-c", "echo out; echo err >&2"]);
      expect(ran).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" });
    },
  },
  {
    title: "exec ends with the exit code",
    run: async ({ kubectl }) => {
      const stderr = "command terminated with exit code 7\n";
      expect(await kubectl.run(["exec", "web", "--", "sh", "-c", "exit 7"])).toMatchObject({ code: 7, stderr });
      expect((await kubectl.run(["exec", "web", "--", "no-such-program"])).code).not.toBe(0);
      expect(await kubectl.refused(["exec", "absent", "--", "true"])).toContain('pods "absent" not found');
    },
  },
  {
    title: "exec -i hands on the input and its end",
    run: async ({ kubectl }) => {
      expect(await kubectl.ok(["exec", "-i", "web", "--", "cat"], "through")).toBe("through");
    },
  },
  {
    title: "exec brings 20 MB out whole",
    run: async ({ kubectl }) => {
      const size = 20_000_000;
      const script = `f=$(mktemp) && head -c ${size} /dev/urandom >$f && sha256sum <$f >&2 && cat $f && rm $f`;
      const { code, stdout, stderr } = await kubectl.run(["exec", "web", "--", "sh", "-c", script]);
      expect({ code, size: stdout.length }).toEqual({ code: 0, size });
      expect(stderr).toContain(sha256(Buffer.from(stdout, "latin1")));
    },
  },
  {
    title: "exec takes 5 MB in whole",
    run: async ({ kubectl }) => {
      const input = randomBytes(5_000_000);
      expect(await kubectl.ok(exec("sha256sum"), input)).toContain(sha256(input));
    },
  },
  {
    title: "cp copies in and out",
    run: async ({ kubectl, directory, namespace }) => {
      const [from, to] = [join(directory, "from"), join(directory, "to")];
      await writeFile(from, randomBytes(300_000));
      await kubectl.ok(["cp", from, `web:/tmp/${namespace}`]);
      await kubectl.ok(["cp", `web:/tmp/${namespace}`, to]);
      expect(sha256(await readFile(to))).toBe(sha256(await readFile(from)));
    },
  },
  {
    title: "port-forward serves three connections, one after another",
    run: async ({ kubectl }) => {
      const container = { image: "redis:7-alpine", command: ["redis-server"], ports: [{ containerPort: 6379 }] };
      const readinessProbe = { tcpSocket: { port: 6379 }, periodSeconds: 1 };
      await kubectl.ok(["apply", "-f", "-"], pod("redis", "", { ...container, readinessProbe }));
      await kubectl.ok(["wait", "--for=condition=Ready", "pod/redis", "--timeout=40s"]);
      const forward = kubectl.start(["port-forward", "pod/redis", ":6379"]);
      try {
        const { value } = await createInterface(forward.stdout)[Symbol.asyncIterator]().next();
        const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+) -> 6379$/.exec(value ?? "")?.[1]);
        for (const text of ["a", "b", "c"]) expect(await ask(port, `ECHO ${text}\r\n`)).toBe(`$1\r\n${text}\r\n`);
      } finally {
        forward.kill();
      }
    },
  },
];
