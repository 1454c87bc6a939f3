// The SDK's certificates, which come without typings: what mcconfig compiles tls.ts with.

declare const CertificateManager: {
  /** Who may vouch for a server, for every connection from now on; once for each certificate. */
  register(der: Uint8Array): void;
};
export default CertificateManager;
