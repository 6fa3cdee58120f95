import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zip } from "@fc-example/counter/zip";

/** One sort of function to measure. */
export interface Sample {
  readonly name: string;
  readonly runtime: string;
  readonly handler: string;
  readonly code: Uint8Array;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The name of one of several equal functions. */
export const named = (sample: Sample, index: number): string => `${sample.name}-${index}`;

/** The same through the Runtime Interface Emulator in the image, with an init container that fetches the code. */
export function throughEmulator(sample: Sample): Sample {
  return { ...sample, name: `${sample.name}-rie`, tags: { "fakecloud-k8s/transport": "rie" } };
}

/** A function that takes a second. */
export async function slowSample(): Promise<Sample> {
  const source = "export const handler = () => new Promise((resolve) => setTimeout(resolve, 1_000));";
  const code = await zip({ "index.mjs": { content: source } });
  return { name: "node-slow", runtime: "nodejs22.x", handler: "index.handler", code };
}

const fileCount = 200;
const loadedCount = 50;
const fileBytes = 35_000;

const goProgram = `package main

import ("io"; "net/http"; "os"; "strings")

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		event, err := http.Get(api + "next")
		if err != nil { os.Exit(1) }
		body, _ := io.ReadAll(event.Body)
		event.Body.Close()
		answer, err := http.Post(api+event.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", "application/json", strings.NewReader(string(body)))
		if err != nil { os.Exit(1) }
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}
`;

/** A function that does nothing in Node.js, in Python and in Go, and one of 7 MB in 200 files. Without Go that one is left out. */
export async function samples(): Promise<Sample[]> {
  const node = await zip({ "index.mjs": { content: "export const handler = async (event) => event;" } });
  const python = await zip({ "app.py": { content: "def handler(event, context):\n    return event\n" } });
  const go = goBinary();
  return [
    { name: "node", runtime: "nodejs22.x", handler: "index.handler", code: node },
    { name: "python", runtime: "python3.13", handler: "app.handler", code: python },
    { name: "node-200-files", runtime: "nodejs22.x", handler: "index.handler", code: await manyFiles() },
    ...(go === undefined
      ? []
      : [
          {
            name: "go",
            runtime: "provided.al2023",
            handler: "none",
            code: await zip({ bootstrap: { content: go, mode: 0o755 } }),
          },
        ]),
  ];
}

function manyFiles(): Promise<Buffer> {
  const names = Array.from({ length: fileCount }, (_, index) => `lib/module-${index}.mjs`);
  // Random, so that it is as large in the zip as on the disk.
  const module = (index: number): string =>
    `export const value = ${index};\n// ${randomBytes(Math.ceil((fileBytes * 3) / 4)).toString("base64")}\n`;
  const loads = names.slice(0, loadedCount).map((name, index) => `import { value as v${index} } from "./${name}";`);
  return zip({
    ...Object.fromEntries(names.map((name, index) => [name, { content: module(index) }])),
    "index.mjs": { content: `${loads.join("\n")}\nexport const handler = async () => v0 + v1;` },
  });
}

function goBinary(): Buffer | undefined {
  const folder = mkdtempSync(join(tmpdir(), "fc-bench-"));
  try {
    writeFileSync(join(folder, "main.go"), goProgram);
    const env = { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOFLAGS: "-mod=mod" };
    execFileSync("go", ["build", "-ldflags=-s -w", "-o", "bootstrap", "main.go"], { cwd: folder, env, stdio: "pipe" });
    return readFileSync(join(folder, "bootstrap"));
  } catch (error) {
    console.error(`provided is left out, since Go did not build it: ${String(error)}`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
