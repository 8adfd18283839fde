# How the dashboard is built: packages, types, Vite. Sets dashboard_folder and dashboard_files for
# src/api, which embeds them. With the packages in place nothing is fetched.
set(dashboard ${CMAKE_SOURCE_DIR}/web/dashboard)
set(dashboard_folder ${CMAKE_CURRENT_BINARY_DIR}/dashboard)
set(dashboard_files ${dashboard_folder}/index.html)
file(GLOB_RECURSE dashboard_inputs CONFIGURE_DEPENDS ${dashboard}/src/* ${dashboard}/public/*)
add_custom_command(OUTPUT ${dashboard_files}
  COMMAND sh ${dashboard}/packages.sh ${NPM}
  COMMAND ${NODE} node_modules/typescript/bin/tsc --noEmit
  COMMAND ${NODE} node_modules/vite/bin/vite.js build --outDir ${dashboard_folder} --emptyOutDir --logLevel warn
  DEPENDS ${dashboard_inputs} ${dashboard}/index.html ${dashboard}/package-lock.json
    ${dashboard}/packages.sh ${dashboard}/tsconfig.json ${dashboard}/vite.config.ts
  WORKING_DIRECTORY ${dashboard} COMMENT "Building the dashboard" VERBATIM)
