console.log("canary")
