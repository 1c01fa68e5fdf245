"""The pages of the demo's mailbox (MAIL-02)."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from madoguchi.demo.mailbox import Mail, Mailbox
from madoguchi.demo.pages import DemoPages
from madoguchi.demo.ready_file import MAILBOX_PATH, MAILS_PATH
from madoguchi.plumbing.web.middleware import CONTENT_SECURITY_POLICY

FRAME_ALLOWED = {"content-security-policy": f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"}
FRAMED = {
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'self'",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "unsafe-none",  # a sandboxed page may not have another one
}


def mail_routes(pages: DemoPages, mailbox: Mailbox) -> list[Route]:
    """Return the routes of the mailbox."""

    def mail_of(request: Request) -> Mail:
        mail = mailbox.find(request.path_params["mail"])
        if mail is None:
            raise HTTPException(404)
        return mail

    def show_all(request: Request) -> Response:
        return pages.render(request, "mailbox.html", mails=mailbox.mails())

    def tell_all(_: Request) -> Response:
        return JSONResponse([mail.as_json() for mail in mailbox.mails()])

    def show(request: Request) -> Response:
        return pages.render(request, "mail.html", headers=FRAME_ALLOWED, mail=mail_of(request))

    def show_html(request: Request) -> Response:
        """Show what the sender wrote: it may do nothing, and stands for itself."""
        return HTMLResponse(mail_of(request).html, headers=FRAMED)

    return [
        Route(f"/{MAILS_PATH}", tell_all),
        Route(f"/{MAILBOX_PATH}", show_all),
        Route(f"/{MAILBOX_PATH}/{{mail}}", show),
        Route(f"/{MAILBOX_PATH}/{{mail}}/html", show_html),
    ]
