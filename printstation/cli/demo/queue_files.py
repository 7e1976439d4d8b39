"""The files of a print server of the demo's own: one queue whose "printer" keeps the picture of each card.

Settings as `docs/ipp-queues.md` asks for them. It listens to loopback alone and keeps nothing.
"""

from __future__ import annotations

QUEUE = "cards"

MIME_TYPES = """application/vnd.cups-raster string(0,"RaS3")
application/octet-stream
"""

CUPSD_CONF = """Listen 127.0.0.1:{port}
LogLevel warn
Browsing No
WebInterface No
DirtyCleanInterval 0
PreserveJobHistory Yes
PreserveJobFiles No
JobRetryLimit 1
JobRetryInterval 1
JobKillDelay 1
MaxJobTime 600
DefaultPolicy open
<Location />
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Policy open>
  JobPrivateAccess default
  JobPrivateValues none
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""

FILES_CONF = """ServerRoot {folder}/etc
ServerBin {folder}/lib
DataDir {folder}/share
StateDir {folder}/run
CacheDir {folder}/cache
RequestRoot {folder}/spool
TempDir {folder}/spool/tmp
AccessLog {folder}/access_log
ErrorLog {folder}/error_log
PageLog {folder}/page_log
FileDevice No
SyncOnClose No
"""

#: Type: a colour printer that is a class of its own to nobody; a policy that never runs a job again.
PRINTERS_CONF = """<Printer cards>
UUID urn:uuid:6dd5be82-3a72-3b8a-5a4b-00000000d390
Info Card printer of the demo
MakeModel Demo card printer
DeviceURI card:{tray}
State Idle
Type 2101260
Accepting Yes
Shared No
JobSheets none none
QuotaPeriod 0
PageLimit 0
KLimit 0
OpPolicy open
ErrorPolicy abort-job
</Printer>
"""

#: ID-1 at 300 dpi, RGB raster as it comes.
PPD = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "DEMO.PPD"
*Manufacturer: "Demo"
*Product: "(Demo card printer)"
*ModelName: "Demo card printer"
*ShortNickName: "Demo card printer"
*NickName: "Demo card printer"
*PSVersion: "(3010.000) 0"
*ColorDevice: True
*DefaultColorSpace: RGB
*cupsVersion: 2.3
*cupsModelNumber: 0
*cupsManualCopies: True
*cupsFilter: "application/vnd.cups-raster 0 -"
*OpenUI *PageSize/Media: PickOne
*DefaultPageSize: CR80
*PageSize CR80/Card: "<</PageSize[153.01 242.65]/ImagingBBox null>>setpagedevice"
*CloseUI: *PageSize
*OpenUI *PageRegion/Media: PickOne
*DefaultPageRegion: CR80
*PageRegion CR80/Card: "<</PageSize[153.01 242.65]/ImagingBBox null>>setpagedevice"
*CloseUI: *PageRegion
*DefaultImageableArea: CR80
*ImageableArea CR80/Card: "0 0 153.01 242.65"
*DefaultPaperDimension: CR80
*PaperDimension CR80/Card: "153.01 242.65"
*OpenUI *Resolution/Resolution: PickOne
*DefaultResolution: 300dpi
*Resolution 300dpi/300 dpi: "<</HWResolution[300 300]>>setpagedevice"
*CloseUI: *Resolution
*OpenUI *ColorModel/Colour: PickOne
*DefaultColorModel: RGB
*ColorModel RGB/RGB: "<</cupsColorSpace 1/cupsColorOrder 0/cupsBitsPerColor 8>>setpagedevice"
*CloseUI: *ColorModel
"""

#: Asked for its devices it has none. A run that outlives its server, or its tray, ends by itself.
BACKEND = """#!/bin/sh
[ $# -lt 5 ] && exit 0
tray="${{DEVICE_URI#card:}}"
if [ -n "$6" ]; then cat "$6"; else cat; fi > "$tray/$1.part" || exit 1
looks=0
while [ $looks -lt {looks} ]; do
  kill -0 "$PPID" 2>/dev/null && [ -d "$tray" ] || exit 1
  sleep 0.1
  looks=$((looks + 1))
done
mv "$tray/$1.part" "$tray/$1.ras"
"""
