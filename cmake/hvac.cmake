# How every module is built: one static library and one test program, from the files in its folder.

find_package(Threads REQUIRED)
find_program(CCACHE ccache)
if(CCACHE)
  # What ccache must overlook to take files with precompiled headers (its manual says why).
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND NOT HVAC_FUZZ)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-omit-frame-pointer)
if(HVAC_SANITIZE)
  add_compile_options(-fsanitize=${HVAC_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HVAC_SANITIZE})
endif()
if(HVAC_SANITIZE MATCHES thread)
  # The thread sanitizer does not know fences; the locks around Asio's order the same.
  add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
if(HVAC_FUZZ)
  # clang warns of what g++ 12's own std::stable_sort calls.
  add_compile_options(-fsanitize=fuzzer-no-link -Wno-deprecated-declarations)
endif()

add_custom_target(tsan_tests)

# hvac_precompiled(TARGET): its files begin with src/precompiled.h.
if(HVAC_PRECOMPILE)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cpp CONTENT "")
  add_library(hvac_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_precompile_headers(hvac_precompiled PRIVATE ${CMAKE_SOURCE_DIR}/src/precompiled.h)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)  # For ccache.
  endif()
endif()
function(hvac_precompiled target)
  if(HVAC_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM hvac_precompiled)
  endif()
endfunction()

# Boost 1.81 stands beside the distribution's default 1.74: name its folder, never find_package.
find_library(BOOST_JSON_LIBRARY NAMES boost_json REQUIRED)
find_library(XGBOOST_LIBRARY NAMES xgboost REQUIRED)

# hvac_module(NAME [THREADS] [DEPS lib...] [PRIVATE lib...] [TEST_DEPS lib...])
# Library hvac_NAME from *.cpp below the current folder; program NAME_test from *_test.cpp, run by ctest.
# THREADS: its tests also run under the thread sanitizer (target tsan_tests, label threads).
function(hvac_module name)
  cmake_parse_arguments(ARG "THREADS" "" "DEPS;PRIVATE;TEST_DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "/(main|testing)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(hvac_${name} STATIC ${sources})
    target_include_directories(hvac_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(hvac_${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE})
    hvac_precompiled(hvac_${name})
  else()
    add_library(hvac_${name} INTERFACE)
    target_include_directories(hvac_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(hvac_${name} INTERFACE ${ARG_DEPS})
  endif()
  if(tests AND NOT HVAC_FUZZ)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE hvac_${name} ${ARG_TEST_DEPS} gtest gmock gtest_main)
    target_compile_definitions(${name}_test PRIVATE HVAC_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    hvac_precompiled(${name}_test)
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 600)
    if(ARG_THREADS)
      set_tests_properties(${name} PROPERTIES LABELS "unit;threads")
      add_dependencies(tsan_tests ${name}_test)
    endif()
  endif()
endfunction()

# hvac_fuzz(NAME [SOURCES file...] DEPS lib...): fuzz/NAME.cpp, with its seeds in fuzz/corpus/NAME. SOURCES
# below src/ are taken without the rest of their module. Only in the fuzz preset.
function(hvac_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/src/)
  if(NOT HVAC_FUZZ)
    return()
  endif()
  add_executable(${name} ${name}.cpp ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
