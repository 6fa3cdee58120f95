/**
 * A scriptable API server for tests of what talks to Kubernetes.
 *
 * @packageDocumentation
 */
export {};
