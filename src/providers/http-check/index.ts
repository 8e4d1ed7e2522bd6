/** HTTP health checks. What may be used from outside the folder. */
export { checkHttp, type HttpCheck, type HttpCheckOptions } from "./http-check.ts";
