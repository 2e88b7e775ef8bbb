# fogbank-test-server: the product with the services of tests/support_service. Only tests use it.
#
# The generator writes all services into a folder of its own; of that only the test services' files and the list of services are compiled. The
# list in fb_generated is then not needed by anything and stays in its archive.
set(test_gen ${CMAKE_BINARY_DIR}/test/gen)
set(test_services ${CMAKE_SOURCE_DIR}/tests/support_service)
file(GLOB test_manifests CONFIGURE_DEPENDS ${test_services}/*/service.toml)
file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS ${test_services}/*.cc)
file(GLOB_RECURSE test_models CONFIGURE_DEPENDS ${test_services}/models/*.json)
set(test_generated ${test_gen}/services.cc)
foreach(m ${test_manifests})
  get_filename_component(s ${m} DIRECTORY)
  get_filename_component(s ${s} NAME)
  list(APPEND test_generated ${test_gen}/${s}/tables.cc ${test_gen}/${s}/operations.cc ${test_gen}/${s}/types.h ${test_gen}/${s}/tables.h ${test_gen}/${s}/operations.h)
endforeach()
add_custom_command(
  OUTPUT ${test_generated}
  COMMAND ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 ${Python3_EXECUTABLE} -m codegen --models ${FOGBANK_MODELS} --models ${test_services}/models
          --services ${CMAKE_SOURCE_DIR}/src/services --services ${test_services} --out ${test_gen} --depfile ${test_gen}/codegen.d
  DEPENDS ${generator} ${manifests} ${test_manifests} ${test_models} ${corrections} ${CMAKE_SOURCE_DIR}/models/patterns.toml
  DEPFILE ${test_gen}/codegen.d
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMENT "Generating types and tables of the test services" VERBATIM)

fogbank_program(fogbank-test-server "${test_sources};${test_generated}" USES fb_admin fb_services)
target_include_directories(fogbank-test-server PRIVATE ${CMAKE_BINARY_DIR}/test ${test_services})
