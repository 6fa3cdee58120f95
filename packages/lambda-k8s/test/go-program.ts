import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** With FC_REQUIRE_TOOLS=1 (CI) a compiler that is missing fails the test instead. */
export const withoutGo: boolean = process.env["FC_REQUIRE_TOOLS"] !== "1" && spawnSync("go", ["version"]).status !== 0;

/** A runtime of its own, which speaks the Runtime API with nothing but the standard library. */
export const goRuntime = `package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(base + "next")
		if err != nil {
			os.Exit(1)
		}
		event, _ := io.ReadAll(next.Body)
		fmt.Println("go got", string(event))
		answer := fmt.Sprintf("{\\"by\\":\\"go\\",\\"handler\\":%q,\\"event\\":%s}", os.Getenv("_HANDLER"), event)
		http.Post(base+next.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", "application/json", bytes.NewBufferString(answer))
	}
}
`;

/** A static program of nothing but the standard library. */
export async function goProgram(source: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "fc-go-"));
  try {
    await writeFile(join(folder, "main.go"), source);
    const env = { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOFLAGS: "-mod=mod", GO111MODULE: "off" };
    // As the cluster beside the repository is compiled, so that the standard library is in Go's cache where that was.
    const args = ["build", "-trimpath", "-ldflags=-s -w", "-o", "program", "main.go"];
    await promisify(execFile)("go", args, { cwd: folder, env });
    return await readFile(join(folder, "program"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
