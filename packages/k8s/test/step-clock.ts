export { StepClock } from "../src/testing/step-clock.ts";
