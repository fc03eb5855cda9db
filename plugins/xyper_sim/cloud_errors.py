"""How Genesys Cloud says no: the bodies of `ErrorBody`, with the codes that public clients have recorded."""

from typing import Any


class CloudError(Exception):
    """An answer other than 2xx. `body(context)` is its `ErrorBody`."""

    def __init__(self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None, **params: str):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}
        self.params = params

    def body(self, context: str) -> dict[str, Any]:
        """`context` is also the answer's `ININ-Correlation-Id`."""
        filled = self.message.format(**self.params) if self.params else self.message
        with_params = {"messageWithParams": self.message, "messageParams": self.params} if self.params else {}
        plain = {"message": filled, "code": self.code, "status": self.status, "contextId": context}
        return {**plain, **with_params, "details": [], "errors": []}


def bad_request(
    message: str = "The request could not be understood by the server due to malformed syntax.",
) -> CloudError:
    return CloudError(400, "bad.request", message)


def invalid(faults: list[str]) -> CloudError:
    """`faults`: one sentence each, with the field's name."""
    return CloudError(400, "bad.request", "; ".join(faults))


def not_found(message: str = "The requested resource was not found.") -> CloudError:
    return CloudError(404, "not.found", message)


def no_token() -> CloudError:
    return CloudError(
        401, "authentication.required", "No authentication bearer token specified in authorization header."
    )


def bad_token() -> CloudError:
    return CloudError(401, "bad.credentials", "Invalid login credentials.")


def missing(permission: str) -> CloudError:
    words = "Unable to perform the requested action. You are missing the following permission(s): {permissions}"
    return CloudError(403, "missing.permissions", words, permissions=permission)


def not_yours() -> CloudError:
    return CloudError(403, "not.authorized", "You are not authorized to perform the requested action.")


def too_many(seconds: int) -> CloudError:
    return CloudError(
        429,
        "too.many.requests.retry.after",
        "Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds",
        headers={"Retry-After": str(seconds)},
        seconds=str(seconds),
    )


_CODES = {
    400: "bad.request",
    401: "bad.credentials",
    403: "not.authorized",
    404: "not.found",
    429: "too.many.requests.retry.after",
    500: "internal.server.error",
    503: "service.unavailable",
    504: "request.timeout",
}


def on_demand(status: int, code: str, message: str, headers: dict[str, str]) -> CloudError:
    """What a knob asked for; an empty `code` becomes the one that fits `status`."""
    retry = {"Retry-After": "1"} if status == 429 else {}
    return CloudError(
        status, code or _CODES.get(status, "internal.server.error"), message, headers={**retry, **headers}
    )
