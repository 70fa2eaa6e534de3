"""How an upload comes in: only where a page asks for a file, of who signed in, within the limit, straight to a spool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from dossier.documents.spool import Spool

View = TypeVar("View", bound=Callable[..., Any])


def takes_file(view: View) -> View:
    """Mark a view that asks for a file; whatever is sent to any other page is not kept for a moment."""
    view.takes_file = True  # type: ignore[attr-defined]
    return view


def was_too_large(request: HttpRequest) -> bool:
    """Whether a file was sent that is larger than what is taken; nothing of it was kept."""
    return getattr(request, "upload_too_large", False)


class SpoolHandler(FileUploadHandler):
    """Django's door for uploads: streams to a :class:`Spool`; what passes the limit is gone there and then.

    The rest of what is a little too large is read and thrown away, so that the browser can show why; of what is far too
    large the connection is broken.
    """

    chunk_size = 256 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.spool: Spool | None = None
        self.total = self.announced = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """Remember how much was announced."""
        self.announced = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins: pass over it where none is asked, or for who is not signed in."""
        super().new_file(*args, **kwargs)
        if not self._asked():
            raise SkipFile
        self.spool = Spool(settings.FILE_UPLOAD_TEMP_DIR)

    def _asked(self) -> bool:
        if self.request is None:
            return False
        try:
            view = resolve(self.request.path_info).func
        except Resolver404:
            return False
        user = getattr(self.request, "user", None)
        return getattr(view, "takes_file", False) and user is not None and user.is_authenticated

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """A piece arrives."""
        self.total += len(raw_data)
        if self.spool is not None and self.total > settings.DOCUMENT_MOST:
            self.upload_interrupted()
            self.request.upload_too_large = True  # type: ignore[union-attr]
            if self.announced > 4 * settings.DOCUMENT_MOST:
                raise StopUpload(connection_reset=True)
        if self.spool is not None:
            self.spool.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """The file is whole."""
        if self.spool is None:
            return None
        self.spool.seek(0)
        return UploadedFile(
            file=self.spool,  # type: ignore[arg-type]
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
        )

    def upload_interrupted(self) -> None:
        """The connection broke, or the limit was passed: nothing stays."""
        if self.spool is not None:
            self.spool.close()
            self.spool = None
