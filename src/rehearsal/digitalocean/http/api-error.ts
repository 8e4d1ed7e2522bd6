/** DigitalOcean's errors: a status, an id and a sentence. */

export class ApiError extends Error {
  readonly status: number;
  /** `not_found`, `unprocessable_entity`, ... */
  readonly id: string;

  constructor(status: number, id: string, message: string) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

export function unauthorized(): ApiError {
  return new ApiError(401, "unauthorized", "Unable to authenticate you.");
}

export function forbidden(): ApiError {
  return new ApiError(403, "forbidden", "You are not authorized to perform this operation.");
}

export function notFound(
  message = "The resource you were accessing could not be found.",
): ApiError {
  return new ApiError(404, "not_found", message);
}

export function preconditionFailed(message: string): ApiError {
  return new ApiError(412, "precondition_failed", message);
}

export function unprocessable(message: string): ApiError {
  return new ApiError(422, "unprocessable_entity", message);
}
