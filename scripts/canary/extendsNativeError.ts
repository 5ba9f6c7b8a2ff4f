export class Canary extends Error {}
