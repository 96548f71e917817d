"""WebEngine itself: the one file that imports it, and only a kiosk that shows pages imports this file.

What was measured with PySide6 6.11.3 (Chromium 140), offscreen and under Xvfb, on the software renderer:

- `WebEngineView` in QML draws into the kiosk's own window on Qt Quick's software renderer too, under overlays and
  keyboard, without `QtWebEngineQuick.initialize()` and long after the first window. Only a kiosk that draws with a
  graphics card needs shared OpenGL contexts, an attribute that is set before the application (`totem.runtime`).
- The answer's body cannot be read inside: `QWebEngineUrlRequestInfo.requestBody()` crashes the process (the binding),
  and `onNavigationRequested` has no body. What works, and is done: the interceptor redirects the POST to a listener
  of our own on the loopback (`Catcher`). The redirect is an internal 307: method and body stay, and nothing leaves.
- `QWebEngineHttpRequest` has no way into a QML view: the form is built by script in an isolated world of
  `about:blank`, and posted from there, with `Origin: null`. Nothing of it is in an address or in the history.
- An off-the-record profile takes no additional authorities (`additionalTrustedCertificateFiles` works for stored
  profiles alone), so a simulator's certificate is judged in `onCertificateError`, by `WebSettings.trusts`.
"""

from __future__ import annotations

import logging
import os

from PySide6.QtCore import QObject, QUrl
from PySide6.QtNetwork import QNetworkProxy
from PySide6.QtQuick import QQuickWindow
from PySide6.QtWebEngineCore import (
    QWebEngineCertificateError,
    QWebEngineDownloadRequest,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
)
from PySide6.QtWebEngineQuick import QQuickWebEngineProfile

from totem.ui.web.gate import Gate, Kind, Request, Verdict
from totem.ui.web.settings import Trust

log = logging.getLogger(__name__)

_FLAGS = (
    # Without these a page could find, or talk to, the shop's network past the proxy.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--log-level=3",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-breakpad",
)
_FORBIDDEN = ("QTWEBENGINE_REMOTE_DEBUGGING", "QTWEBENGINE_CHROMIUM_FLAGS")

_Type = QWebEngineUrlRequestInfo.ResourceType
_KINDS = {
    _Type.ResourceTypeMainFrame: Kind.PAGE,
    _Type.ResourceTypeNavigationPreloadMainFrame: Kind.PAGE,
    _Type.ResourceTypeSubFrame: Kind.FRAME,
    _Type.ResourceTypeNavigationPreloadSubFrame: Kind.FRAME,
}
_NEVER = frozenset(
    {
        _Type.ResourceTypeServiceWorker,
        _Type.ResourceTypePing,
        _Type.ResourceTypePluginResource,
        _Type.ResourceTypeObject,
    }
)


def prepare(proxy_port: int) -> None:
    """Once, before the first profile: nobody's flags but ours, and the exit as everybody's proxy."""
    for name in _FORBIDDEN:
        os.environ.pop(name, None)
    software = ("--disable-gpu",) if QQuickWindow.sceneGraphBackend() == "software" else ()
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = " ".join((*_FLAGS, *software))
    QNetworkProxy.setApplicationProxy(QNetworkProxy(QNetworkProxy.ProxyType.HttpProxy, "127.0.0.1", proxy_port))


class Interceptor(QWebEngineUrlRequestInterceptor):
    """Asks the gate about every request. Fails closed."""

    def __init__(self, gate: Gate, catcher_url: str) -> None:
        super().__init__()
        self._gate = gate
        self._catcher_url = catcher_url
        self._catching = False

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        info.block(True)  # noqa: FBT003 - Qt takes it by place only; until all below went well
        url = info.requestUrl().toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if self._catching:
            # The answer is on its way: nothing else leaves any more.
            info.block(url != self._catcher_url)
            return
        if info.resourceType() in _NEVER:
            return
        request = Request(
            url,
            bytes(info.requestMethod().data()).decode("latin-1"),
            _KINDS.get(info.resourceType(), Kind.PART),
            info.initiator().toString(QUrl.ComponentFormattingOption.FullyEncoded),
        )
        verdict = self._gate.judge(request)
        if verdict is Verdict.LET:
            info.block(False)  # noqa: FBT003
        elif verdict is Verdict.ANSWER:
            self._catching = True
            info.block(False)  # noqa: FBT003
            info.redirect(QUrl(self._catcher_url))
        else:
            log.warning("page refused %s to %s", request.kind, info.requestUrl().host() or info.requestUrl().scheme())


def new_profile(interceptor: Interceptor, language: str, parent: QObject) -> QQuickWebEngineProfile:
    """For one page: off the record, its own cookies and cache in memory, gone with it.

    The caller holds the interceptor for as long: Qt does not, and without it every request would pass.
    """
    # With a name, though an empty one: the constructor without it is deprecated, and says so at every call.
    profile = QQuickWebEngineProfile("", parent)
    profile.setOffTheRecord(True)
    profile.setHttpCacheType(QQuickWebEngineProfile.HttpCacheType.NoCache)
    profile.setPersistentCookiesPolicy(QQuickWebEngineProfile.PersistentCookiesPolicy.NoPersistentCookies)
    profile.setPersistentPermissionsPolicy(QQuickWebEngineProfile.PersistentPermissionsPolicy.AskEveryTime)
    profile.setSpellCheckEnabled(False)
    profile.setHttpAcceptLanguage(language)
    profile.setUrlRequestInterceptor(interceptor)
    profile.downloadRequested.connect(_refuse_download)
    return profile


def _refuse_download(request: QWebEngineDownloadRequest) -> None:
    log.warning("page refused a download")
    request.cancel()


def vouched_for(error: QObject, trust: Trust | None) -> bool:
    """Whether a certificate that Chromium refuses is a simulator's. Its dates and name are checked with its chain."""
    if trust is None or not isinstance(error, QWebEngineCertificateError):
        return False
    if error.type() is not QWebEngineCertificateError.Type.CertificateAuthorityInvalid:
        return False
    chain = [bytes(each.toDer().data()) for each in error.certificateChain()]
    return trust(error.url().host(), chain)
