# What is installed, and the Debian package of it: target `deb` writes hvac-twin_VERSION_ARCH.deb into
# the build folder. The manual page, completions and bill of materials are made by the program itself
# and from what was compiled into it.
if(HVAC_FUZZ)
  return()
endif()
include(GNUInstallDirs)
find_program(NODE node REQUIRED)
set(made ${CMAKE_BINARY_DIR}/package_files)
set(deploy ${CMAKE_SOURCE_DIR}/deploy)
file(MAKE_DIRECTORY ${made})

foreach(kind bash zsh fish man)
  add_custom_command(OUTPUT ${made}/hvac-twin.${kind}
    COMMAND hvac-twin completion ${kind} > ${made}/hvac-twin.${kind}
    DEPENDS hvac-twin COMMENT "Writing the ${kind} page of the program" VERBATIM)
endforeach()
add_custom_command(OUTPUT ${made}/hvac-twin.1.gz
  COMMAND gzip -9nc ${made}/hvac-twin.man > ${made}/hvac-twin.1.gz
  DEPENDS ${made}/hvac-twin.man COMMENT "Compressing the manual page" VERBATIM)
add_custom_command(OUTPUT ${made}/changelog.gz
  COMMAND gzip -9nc ${deploy}/debian/changelog > ${made}/changelog.gz
  DEPENDS ${deploy}/debian/changelog COMMENT "Compressing the change log" VERBATIM)

# The lock files of what is built into the program; those of tests are not its materials.
file(GLOB locks CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/*/package-lock.json)
set(lock_arguments ${locks})
list(TRANSFORM lock_arguments PREPEND --lock=)
add_custom_command(OUTPUT ${made}/sbom.cdx.json
  COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/cmake/sbom.mjs --program=$<TARGET_FILE:hvac-twin> --target=hvac-twin
    --version=${PROJECT_VERSION} --build=${CMAKE_BINARY_DIR} --output=${made}/sbom.cdx.json ${lock_arguments}
  DEPENDS hvac-twin ${locks} ${CMAKE_SOURCE_DIR}/cmake/sbom.mjs
  COMMENT "Writing the bill of materials" VERBATIM)
add_custom_target(package_files ALL
  DEPENDS ${made}/hvac-twin.bash ${made}/hvac-twin.zsh ${made}/hvac-twin.fish ${made}/hvac-twin.1.gz
    ${made}/changelog.gz ${made}/sbom.cdx.json)

set(CMAKE_INSTALL_PREFIX /usr)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(share share/hvac-twin)
set(doc share/doc/hvac-twin)
install(TARGETS hvac-twin DESTINATION bin)
install(FILES ${made}/hvac-twin.bash DESTINATION share/bash-completion/completions RENAME hvac-twin)
install(FILES ${made}/hvac-twin.zsh DESTINATION share/zsh/vendor-completions RENAME _hvac-twin)
install(FILES ${made}/hvac-twin.fish DESTINATION share/fish/vendor_completions.d)
install(FILES ${made}/hvac-twin.1.gz DESTINATION share/man/man1)
install(FILES ${made}/changelog.gz ${made}/sbom.cdx.json ${deploy}/debian/copyright README.md DESTINATION ${doc})
install(DIRECTORY docs/ DESTINATION ${doc})
install(DIRECTORY deploy/systemd/ DESTINATION lib/systemd/system)
install(FILES deploy/debian/default DESTINATION /etc/default RENAME hvac-twin)
install(DIRECTORY deploy/prometheus deploy/grafana deploy/mosquitto DESTINATION ${share})
set(operator_scripts program.sh health_check.sh smoke_test.sh system_audit.sh generate_diagnostics.sh
  backup_system.sh daily_backup.sh weekly_backup.sh emergency_restore.sh alert_slack.sh)
list(TRANSFORM operator_scripts PREPEND scripts/)
install(PROGRAMS ${operator_scripts} DESTINATION ${share}/scripts)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME hvac-twin)
set(CPACK_PACKAGE_VENDOR hvac-twin)
set(CPACK_PACKAGE_CONTACT "hvac-twin maintainers <hvac-twin@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "digital twin of chilled-water unit coolers")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"It takes telemetry of unit coolers (fan coils) in, knows whether to believe it, predicts what each
cooler should be doing with an honest interval, says when and why the real one parts from that, and
keeps its own models, data and backups healthy. One program with an HTTP API, a dashboard, MQTT
ingest, alerts and the commands of the maintenance guide.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.51)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, curl")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "mosquitto, postgresql, postgresql-client, prometheus, rclone")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${deploy}/debian/postinst ${deploy}/debian/prerm ${deploy}/debian/postrm ${deploy}/debian/conffiles)
if(CMAKE_CROSSCOMPILING)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
  set(CPACK_STRIP_FILES OFF)  # CPack strips with its own machine's tool; ours is stripped at the link.
  target_link_options(hvac-twin PRIVATE -s)
endif()
include(CPack)

add_custom_target(deb
  COMMAND ${CMAKE_CPACK_COMMAND} --config ${CMAKE_BINARY_DIR}/CPackConfig.cmake -B ${CMAKE_BINARY_DIR}
  DEPENDS hvac-twin package_files WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
  COMMENT "Packing the Debian package" VERBATIM)
