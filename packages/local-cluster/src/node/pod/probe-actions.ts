import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { type Clock, errorText, withDeadline } from "@fc/core";
import { dialFailure } from "../dial-failure.ts";
import type { ContainerProcess } from "../isolation/isolation.ts";
import type { Container, HttpGetAction, ProbeHandler } from "../pod-types.ts";
import { runForText } from "../run-command.ts";

export interface ProbeTarget {
  readonly container: Container;
  readonly process: ContainerProcess;
  readonly podIp: string;
}

export interface ProbeResult {
  readonly succeeded: boolean;
  /** Why not, in the kubelet's words. */
  readonly output: string;
  /** Of an exec that ran. */
  readonly exitCode?: number;
}

/** Carries out a probe or a lifecycle handler once. */
export async function runProbeAction(
  handler: ProbeHandler,
  target: ProbeTarget,
  options: { readonly timeoutMs: number; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ProbeResult> {
  try {
    return await withDeadline({ ...options, what: "probe" }, (signal) => act(handler, target, signal, options.clock));
  } catch (error) {
    return { succeeded: false, output: errorText(error) };
  }
}

async function act(
  handler: ProbeHandler,
  target: ProbeTarget,
  signal: AbortSignal,
  clock: Clock,
): Promise<ProbeResult> {
  if (handler.exec !== undefined) {
    const command = target.process.execCommand(handler.exec.command ?? []);
    const { exitCode, output } = await runForText(command, signal);
    return { succeeded: exitCode === 0, output, exitCode };
  }
  if (handler.httpGet !== undefined) return httpGet(handler.httpGet, target, signal);
  if (handler.tcpSocket !== undefined) {
    const port = portOf(handler.tcpSocket.port, target.container);
    return tcpConnect(handler.tcpSocket.host ?? target.podIp, port, signal);
  }
  if (handler.sleep !== undefined) {
    await clock.sleep(handler.sleep.seconds * 1_000, signal);
    return { succeeded: true, output: "" };
  }
  return { succeeded: false, output: "only exec, httpGet, tcpSocket and sleep are supported by the embedded cluster" };
}

function portOf(port: number | string, container: Container): number {
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? Number(port);
}

function tcpConnect(host: string, port: number, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    socket.once("connect", () => {
      socket.destroy();
      resolve({ succeeded: true, output: "" });
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      resolve({ succeeded: false, output: dialFailure(host, port, error) });
    });
  });
}

function httpGet(action: HttpGetAction, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
  const host = action.host ?? target.podIp;
  const port = portOf(action.port, target.container);
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const path = `/${(action.path ?? "/").replace(/^\//, "")}`;
  const secure = action.scheme?.toUpperCase() === "HTTPS";
  const options = {
    host,
    port,
    path,
    headers: { "User-Agent": "kube-probe/1.34", Accept: "*/*", ...headers },
    agent: false,
    signal,
  };
  return new Promise((resolve) => {
    const request = secure ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    request.once("response", (response) => {
      response.resume();
      request.destroy();
      const status = response.statusCode ?? 0;
      const succeeded = status >= 200 && status < 400;
      resolve({ succeeded, output: succeeded ? "" : `HTTP probe failed with statuscode: ${status}` });
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      resolve({
        succeeded: false,
        output: `Get "${secure ? "https" : "http"}://${host}:${port}${path}": ${dialFailure(host, port, error)}`,
      });
    });
    request.end();
  });
}
