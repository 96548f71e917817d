// The acquirer's page. Only a kiosk that shows pages loads this file: it needs WebEngine.
import QtQuick
import QtWebEngine

WebEngineView {
    id: view
    objectName: "webpage"
    focus: true
    // For whoever looks at the window from outside, as the demo's customer does: where a thing of the page lies.
    property string seen: ""
    backgroundColor: Theme.paper
    zoomFactor: Theme.pageZoom
    url: "about:blank"

    settings {
        accelerated2dCanvasEnabled: false
        allowGeolocationOnInsecureOrigins: false
        allowRunningInsecureContent: false
        allowWindowActivationFromJavaScript: false
        autoLoadIconsForPage: false
        backForwardCacheEnabled: false
        dnsPrefetchEnabled: false
        errorPageEnabled: false
        fullScreenSupportEnabled: false
        hyperlinkAuditingEnabled: false
        javascriptCanAccessClipboard: false
        javascriptCanOpenWindows: false
        javascriptCanPaste: false
        localContentCanAccessFileUrls: false
        localContentCanAccessRemoteUrls: false
        navigateOnDropEnabled: false
        pdfViewerEnabled: false
        playbackRequiresUserGesture: true
        pluginsEnabled: false
        screenCaptureEnabled: false
        touchIconsEnabled: false
        unknownUrlSchemePolicy: WebEngineSettings.DisallowUnknownUrlSchemes
        webGLEnabled: false
        webRTCPublicInterfacesOnly: true
    }

    Component.onCompleted: {
        const watcher = WebEngine.script()
        watcher.name = "watcher"
        watcher.sourceCode = web.watcher
        watcher.injectionPoint = WebEngineScript.DocumentCreation
        watcher.worldId = WebEngineScript.ApplicationWorld
        watcher.runsOnSubFrames = true
        // Of the profile: the view's own do not follow it to an issuer's page, which is in another process.
        profile.userScripts.insert(watcher)
        forceActiveFocus()
    }

    Component.onDestruction: web.viewGone()

    function look(id) {
        seen = ""
        runJavaScript(web.placeOf(id), WebEngineScript.ApplicationWorld, place => seen = place || "")
    }

    Connections {
        target: web
        function onRun(script) { view.runJavaScript(script, WebEngineScript.ApplicationWorld) }
    }

    onLoadingChanged: info => {
        zoomFactor = Theme.pageZoom          // Chromium keeps it for each host
        if (info.status === WebEngineView.LoadSucceededStatus) web.loaded(info.url, true)
        else if (info.status === WebEngineView.LoadFailedStatus) web.loaded(info.url, false)
    }
    onNavigationRequested: request => {
        const back = request.navigationType === WebEngineNavigationRequest.BackForwardNavigation
            || request.navigationType === WebEngineNavigationRequest.ReloadNavigation
        if (back || (request.isMainFrame && !web.mayNavigate(request.url, request.hasFormData))) request.reject()
    }
    onCertificateError: error => web.vouchedFor(error) ? error.acceptCertificate() : error.rejectCertificate()
    onJavaScriptConsoleMessage: (level, message) => web.said(message)
    onUrlChanged: web.arrived(url)
    onRenderProcessTerminated: web.crashed()

    // Nothing of a desktop's browser: no windows, menus, dialogs, files, rights.
    onNewWindowRequested: request => {}
    onContextMenuRequested: request => request.accepted = true
    onTouchSelectionMenuRequested: request => request.accepted = true
    onTooltipRequested: request => request.accepted = true
    onJavaScriptDialogRequested: request => { request.accepted = true; request.dialogReject() }
    onAuthenticationDialogRequested: request => { request.accepted = true; request.dialogReject() }
    onColorDialogRequested: request => { request.accepted = true; request.dialogReject() }
    onFileDialogRequested: request => { request.accepted = true; request.dialogReject() }
    onPermissionRequested: permission => permission.deny()
    onFullScreenRequested: request => request.reject()
    onRegisterProtocolHandlerRequested: request => request.reject()
    onSelectClientCertificate: selection => selection.selectNone()
    onDesktopMediaRequested: request => request.cancel()
    onWebAuthUxRequested: request => request.cancel()
    onFileSystemAccessRequested: request => request.reject()
    onPrintRequested: {}
}
