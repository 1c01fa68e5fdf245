"""Pages rendered with an institution's look, in the language that was chosen."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from madoguchi.institutions import Institution, Institutions
from madoguchi.plumbing.templates import Templates
from madoguchi.plumbing.web import (
    Page,
    RequestContext,
    context_of,
    policy_with_form_targets,
    problem,
)

WORDS = {
    400: "The request cannot be understood",
    403: "Not permitted",
    404: "Nothing here",
    405: "This method is not offered",
    413: "The request is too large",
    429: "Too many requests",
    500: "Something failed here",
    503: "Not available at the moment",
}
OAUTH_ERROR = {
    405: "invalid_request",
    413: "invalid_request",
    500: "server_error",
    503: "temporarily_unavailable",
}


@dataclass(frozen=True)
class Pages:
    """Renders pages and errors."""

    templates: Templates
    institutions: Institutions

    def render(
        self, name: str, page: Page, institution: Institution, context: RequestContext
    ) -> Response:
        """Return the page `name` (such as `api_link/account.html`) with the values of `page`."""
        told = page.values.get("message_values", {})
        text = self.templates.render(
            name,
            language=context.language,
            institution=institution,
            base_path=context.base_path,
            asked_query=context.asked_query,
            logo_version=self._logo_version(institution),
            reference=told.get("reference", context.reference),
            **page.values,
        )
        headers = dict(page.headers)
        if page.form_targets:
            headers["content-security-policy"] = policy_with_form_targets(page.form_targets)
        return HTMLResponse(
            text, page.status, headers={"content-language": context.language, **headers}
        )

    def has(self, name: str) -> bool:
        """Tell whether there is a template of that name."""
        return self.templates.has(name)

    def error(
        self, request: Request, status: int, template: str = "error.html", **values: Any
    ) -> Response:
        """Return the last-resort error page; a problem where the asker accepts no HTML.

        Its text is the same whatever went wrong; the reference number leads to the log. Another
        `template` is for an institution that is known.
        """
        if "text/html" not in request.headers.get("accept", ""):
            return self._problem(request, status)
        institution = self._institution(request)
        text = self.templates.render(
            template if institution else "error.html",
            language=self._language(request, institution),
            institution=institution,
            base_path=self._base_path(request, institution),
            logo_version=self._logo_version(institution),
            reference=request.state.reference,
            status=status,
            **values,
        )
        return HTMLResponse(text, status)

    def _problem(self, request: Request, status: int) -> Response:
        members: dict[str, Any] = {"reference": request.state.reference}
        if status in OAUTH_ERROR:
            members["error"] = OAUTH_ERROR[status]
        return problem(status, "about:blank", WORDS.get(status, WORDS[500]), **members)

    def _institution(self, request: Request) -> Institution | None:
        return self.institutions.by_slug(request.scope["path"].split("/")[1])

    def _logo_version(self, institution: Institution | None) -> str:
        logo = self.institutions.logo(institution.code) if institution else None
        return logo.tag if logo else ""

    def _language(self, request: Request, institution: Institution | None) -> str:
        return context_of(request, institution).language if institution else "ja"

    def _base_path(self, request: Request, institution: Institution | None) -> str:
        return context_of(request, institution).base_path if institution else ""
