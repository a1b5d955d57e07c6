# SPDX-License-Identifier: MIT
# What Debian wants of a package's files beyond an installation: manual pages and changelogs packed. cpack runs it on the staged files.
string(TIMESTAMP day "%a, %d %b %Y %H:%M:%S +0000" UTC) # SOURCE_DATE_EPOCH, where it is set
set(docs ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/doc/postern)
file(WRITE ${docs}/changelog "postern (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What is new is in NEWS.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${day}
")
get_filename_component(source ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
configure_file(${source}/CHANGELOG.md ${docs}/NEWS COPYONLY)
file(GLOB plain ${docs}/changelog ${docs}/NEWS ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/man/man*/*.[1-9])
foreach(path ${plain})
    execute_process(COMMAND gzip -9 -n -f ${path} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(GLOB packed ${docs}/*.gz ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/man/man*/*.gz)
file(CHMOD ${packed} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
