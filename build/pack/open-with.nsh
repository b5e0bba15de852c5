; Offers Strongroom under "Open with" for .tar files. It must never take them over: archives belong to whatever opens them now.
; And takes away with the program what it set to start at login (Electron names that entry by the program's id).

!macro customInstall
  WriteRegStr SHELL_CONTEXT "Software\Classes\Strongroom.Backup" "" "Home Assistant backup"
  WriteRegStr SHELL_CONTEXT "Software\Classes\Strongroom.Backup\DefaultIcon" "" "$appExe,0"
  WriteRegStr SHELL_CONTEXT "Software\Classes\Strongroom.Backup\shell\open\command" "" '"$appExe" "%1"'
  WriteRegNone SHELL_CONTEXT "Software\Classes\.tar\OpenWithProgids" "Strongroom.Backup"
  !insertmacro tellShellOfOpenWith
!macroend

!macro customUnInstall
  DeleteRegValue SHELL_CONTEXT "Software\Classes\.tar\OpenWithProgids" "Strongroom.Backup"
  DeleteRegKey SHELL_CONTEXT "Software\Classes\Strongroom.Backup"
  !insertmacro tellShellOfOpenWith
  ${ifNot} ${isUpdated}
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "${APP_ID}"
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run" "${APP_ID}"
  ${endIf}
!macroend

; SHCNE_ASSOCCHANGED, SHCNF_FLUSH
!macro tellShellOfOpenWith
  System::Call "shell32::SHChangeNotify(i,i,i,i) (0x08000000, 0x1000, 0, 0)"
!macroend
