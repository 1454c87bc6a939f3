/** Jest runs the compiled tests of dist/ as they are; `npm test` compiles first. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/dist"],
  transform: {},
  testMatch: ["**/tests/**/*.test.js"],
  maxWorkers: 2,
  // A hung test must end some day; no test may depend on the speed of the machine.
  testTimeout: 300_000,
};
