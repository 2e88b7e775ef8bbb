# Process 1 of functions' sandboxes: a small static program whose bytes are part of the server (src/services/lambda/runtime/init_image.cc).
add_executable(fogbank-sandbox-init ${CMAKE_SOURCE_DIR}/src/services/lambda/runtime/init/sandbox_init.cc)
set_target_properties(fogbank-sandbox-init PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
target_compile_options(fogbank-sandbox-init PRIVATE -Os -fno-exceptions -fno-rtti -fno-stack-protector -fno-pie -fno-sanitize=all)
target_link_options(fogbank-sandbox-init PRIVATE -static -no-pie -s -fno-sanitize=all)
set(image ${CMAKE_SOURCE_DIR}/src/services/lambda/runtime/init_image.cc)
set_source_files_properties(${image} PROPERTIES OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/fogbank-sandbox-init COMPILE_DEFINITIONS FOGBANK_SANDBOX_INIT="${CMAKE_BINARY_DIR}/fogbank-sandbox-init"
                            SKIP_PRECOMPILE_HEADERS ON)
add_dependencies(fb_lambda_runtime fogbank-sandbox-init)
